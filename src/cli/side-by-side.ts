/** Two texts beside each other in columns of equal width; long lines are broken, at blanks where there are some. */
export function sideBySide(left: readonly string[], right: readonly string[], width: number): string[] {
  const column = Math.max(20, Math.floor((width - 3) / 2));
  const wrapped = [left, right].map((lines) => lines.flatMap((line) => wrap(line, column)));
  const [a, b] = wrapped as [string[], string[]];
  const height = Math.max(a.length, b.length);
  return Array.from({ length: height }, (_, i) => `${padded(a[i] ?? '', column)} │ ${b[i] ?? ''}`.trimEnd());
}

function wrap(line: string, width: number): string[] {
  return line.split('\n').flatMap((part) => {
    const rows: string[] = [];
    let rest = [...part];
    while (rest.length > width) {
      const blank = rest.lastIndexOf(' ', width);
      const end = blank > width / 2 ? blank : width;
      rows.push(rest.slice(0, end).join(''));
      rest = rest.slice(rest[end] === ' ' ? end + 1 : end);
    }
    return [...rows, rest.join('')];
  });
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - [...text].length));
}
