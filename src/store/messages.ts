import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Message, messageSchema } from '../run.ts';
import type { Connection } from './database.ts';
import { parseStored } from './json.ts';

/**
 * The `messages` table: each text once, under its hash. A run shows its instructions and examples to the model
 * with every question; stored by content they are written once.
 */
export class Messages {
  readonly #db: Connection;

  constructor(db: Connection) {
    this.#db = db;
  }

  /** Stores what is new and gives the hashes in order. */
  put(messages: readonly Message[]): string[] {
    return messages.map(({ role, content }) => {
      const hash = createHash('sha256').update(`${role}\n${content}`).digest('hex');
      this.#db.run(
        'INSERT OR IGNORE INTO messages (hash, role, content) VALUES (?, ?, ?)',
        hash,
        role,
        content,
      );
      return hash;
    });
  }

  get(hashes: readonly string[]): Message[] {
    const row = (hash: string) => this.#db.get('SELECT role, content FROM messages WHERE hash = ?', hash);
    return parseStored(z.array(messageSchema), hashes.map(row));
  }
}
