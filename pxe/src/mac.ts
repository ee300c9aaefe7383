import { PxeError } from './errors.js';

/** A network card's address: six pairs of small hexadecimal digits with colons. */
export type Mac = string & { readonly kind: 'mac' };

/**
 * Reads `AA:BB:…` and `aa-bb-…`, the two forms that people and iPXE write.
 * @throws PxeError `TWIN_PXE_MAC`, also for an address of a group or of nobody
 */
export function parseMac(text: string): Mac {
  const mac = text.toLowerCase().replaceAll('-', ':');
  const group = (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
  if (/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac) && !group && mac !== '00:00:00:00:00:00') return mac as Mac;
  throw new PxeError('TWIN_PXE_MAC', `'${text.slice(0, 40)}' is not the address of a network card.`, {
    next: 'Write it like 52:54:00:12:34:56; the firmware shows it when it boots from the network.',
  });
}
