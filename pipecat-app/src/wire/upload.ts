import busboy from 'busboy';
import type { Request } from 'express';
import { TwinError } from '../errors.js';

export const MAX_UPLOAD_BYTES = 25 * 1024 * 1024;

export type Upload = { file: Buffer; fields: Record<string, string> };

const bad = (message: string): TwinError =>
  new TwinError('TWIN_BAD_REQUEST', message, { next: 'Send multipart/form-data with a part named `file`.' });

/**
 * Reads a form with one file, at most 25 MB.
 * @throws TwinError `TWIN_BAD_REQUEST`, `TWIN_TOO_LARGE`
 */
export function readUpload(request: Request): Promise<Upload> {
  return new Promise((resolve, reject) => {
    let form: busboy.Busboy;
    try {
      form = busboy({
        headers: request.headers,
        limits: { files: 1, fileSize: MAX_UPLOAD_BYTES, fields: 20, fieldSize: 10_000, parts: 25 },
      });
    } catch {
      reject(bad('The request is no form.'));
      return;
    }
    const pieces: Buffer[] = [];
    const fields: Record<string, string> = Object.create(null);
    let found = false;
    const fail = (error: TwinError): void => {
      request.unpipe(form);
      request.resume();
      reject(error);
    };
    form.on('field', (name, value) => {
      fields[name] = value;
    });
    form.on('file', (name, stream) => {
      if (name !== 'file') return void stream.resume();
      found = true;
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('limit', () =>
        fail(new TwinError('TWIN_TOO_LARGE', 'The file is over 25 MB.', { next: 'Send a shorter recording.' })),
      );
      stream.on('error', () => fail(bad('The form ended too early.')));
    });
    form.on('error', () => fail(bad('The form could not be read.')));
    form.on('close', () =>
      found ? resolve({ file: Buffer.concat(pieces), fields }) : fail(bad('The form has no file.')),
    );
    request.once('aborted', () => fail(bad('The upload was cut off.')));
    request.pipe(form);
  });
}
