import { request } from './http.ts';
import { SourceFailedError } from './source-failed.ts';

const maxListingLength = 4 * 2 ** 20;

/**
 * The address of the last name in a publisher's listing that matches: for files with their date in the name. Throws
 * `SourceFailedError` where nothing does.
 */
export async function latestAddress(listing: string, name: string, signal: AbortSignal): Promise<string> {
  const reply = await request(listing, {}, signal);
  try {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of reply.chunks()) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > maxListingLength) throw new SourceFailedError(`gives no listing (${listing})`);
    }
    const found = [...text.matchAll(new RegExp(name, 'g'))].map(([match]) => match).sort();
    const last = found.at(-1);
    if (last === undefined) throw new SourceFailedError(`lists no file like ${name} (${listing})`);
    return new URL(last, listing).href;
  } catch (error) {
    if (signal.aborted || error instanceof SourceFailedError) throw error;
    throw new SourceFailedError(`broke off while listing its files (${listing})`, { cause: error });
  } finally {
    reply.close();
  }
}
