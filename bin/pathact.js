#!/usr/bin/env node
// A checkout runs its TypeScript as it is; the published package carries dist/ instead of src/cli.
import { existsSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `pathact needs Node 22.18 or newer; this is ${process.versions.node}.\n` +
      'In a checkout, run it through npm (`npx pathact …`, `npm start`): a suitable Node is a devDependency.\n',
  );
  process.exit(4);
}
const source = new URL('../src/cli/main.ts', import.meta.url);
const { main } = await import(
  existsSync(source) ? source.href : new URL('../dist/src/cli/main.js', import.meta.url).href
);
await main(process.argv.slice(2));
