/**
 * Uniform numbers in [0, 1) with 53 random bits (sfc32, seeded). Each generation owns one, so what it
 * draws does not depend on what else is running.
 */
export function randomSource(seed: number): () => number {
  const whole = BigInt.asUintN(64, BigInt(Math.trunc(seed)));
  const state = new Uint32Array([Number(whole & 0xffffffffn), Number(whole >> 32n), 0x9e3779b9, 1]);
  const next = () => {
    const [a, b, c, counter] = state as unknown as [number, number, number, number];
    const sum = (a + b + counter) >>> 0;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + sum;
    state[3] = counter + 1;
    return sum;
  };
  for (let i = 0; i < 16; i++) next();
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
}
