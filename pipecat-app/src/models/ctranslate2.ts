import { TwinError } from '../errors.js';

/** A half- or single-precision tensor, row-major; `raw` is little-endian and not copied. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly half: boolean;
  readonly raw: Buffer;
}

/** What a CTranslate2 `model.bin` holds: float tensors by name, and whole numbers such as `encoder/num_heads`. */
export interface CtWeights {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly integers: ReadonlyMap<string, number>;
}

const F32 = 0;
const WIDTH_BYTES: Readonly<Record<number, number>> = { 0: 4, 1: 1, 2: 2, 3: 4, 4: 2 };
const F16 = 4;
const MIN_VERSION = 4;

/**
 * Reads the binary format of CTranslate2 (version 4 and up, `python/ctranslate2/specs/model_spec.py` describes it) of a
 * Whisper model in half or single precision.
 * @throws TwinError `TWIN_MODEL_FORMAT`.
 */
export function readCtWeights(file: Buffer): CtWeights {
  let at = 0;
  const u8 = () => file.readUInt8(at++);
  const u32 = () => {
    at += 4;
    return file.readUInt32LE(at - 4);
  };
  const text = () => {
    const bytes = file.readUInt16LE(at);
    at += 2 + bytes;
    return file.toString('utf8', at - bytes, at - 1); // without the closing zero
  };
  try {
    const version = u32();
    const spec = text();
    if (version < MIN_VERSION || spec !== 'WhisperSpec') throw wrong(`it is ${spec} version ${version}`);
    u32(); // revision of the spec
    const tensors = new Map<string, Tensor>();
    const integers = new Map<string, number>();
    for (let left = u32(); left > 0; left--) {
      const name = text();
      const shape = Array.from({ length: u8() }, u32);
      const type = u8();
      const bytes = u32();
      const raw = file.subarray(at, at + bytes);
      at += bytes;
      const items = shape.reduce((product, n) => product * n, 1);
      if (raw.length !== bytes || bytes !== items * (WIDTH_BYTES[type] ?? 0)) throw wrong(`tensor ${name} is cut`);
      if (type === F16 || type === F32) tensors.set(name, { shape, half: type === F16, raw });
      else if (items === 1) integers.set(name, raw.readIntLE(0, bytes));
      else throw wrong(`tensor ${name} is quantised`);
    }
    for (let left = u32(); left > 0; left--) {
      const alias = text();
      const target = tensors.get(text());
      if (target) tensors.set(alias, target);
    }
    return { tensors, integers };
  } catch (cause) {
    if (cause instanceof TwinError) throw cause;
    throw wrong('it is cut short', cause);
  }
}

const wrong = (why: string, cause?: unknown) =>
  new TwinError('TWIN_MODEL_FORMAT', `The CTranslate2 Whisper weights cannot be used: ${why}.`, { cause });
