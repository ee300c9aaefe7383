/** Counts faces in one picture: reads `SIDE` × `SIDE` pixels, three bytes each, from standard input, writes a number and ends. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LEAST_SCORE, SIDE } from './faces-picture.js';

/** What is used of the package; its own types need those of TensorFlow.js. */
type FaceApi = {
  tf: {
    setBackend(name: string): Promise<boolean>;
    ready(): Promise<void>;
    tensor3d(values: Uint8Array, shape: [number, number, number], type: 'int32'): object;
    io: { decodeWeights(bytes: ArrayBuffer, weights: object[]): Record<string, object> };
  };
  nets: { tinyFaceDetector: { loadFromWeightMap(weights: Record<string, object>): void } };
  TinyFaceDetectorOptions: new (options: { inputSize: number; scoreThreshold: number }) => object;
  detectAllFaces(picture: object, options: object): Promise<readonly object[]>;
};

const root = dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'));

/** The bundle with TensorFlow.js inside is made for browsers and looks for one while it is loaded; it needs nothing of it. */
async function load(): Promise<FaceApi> {
  const page = globalThis as { window?: unknown; document?: unknown };
  page.document = { createElement: () => ({}) };
  page.window = { document: page.document };
  const file = pathToFileURL(join(root, 'dist', 'face-api.esm.js')).href;
  const loaded = (await import(file)) as FaceApi;
  delete page.window;
  delete page.document;
  const { tf, nets } = loaded;
  await tf.setBackend('cpu');
  await tf.ready();
  const model = join(root, 'model', 'tiny_face_detector_model');
  const [{ weights }] = JSON.parse(readFileSync(`${model}-weights_manifest.json`, 'utf8')) as [{ weights: object[] }];
  const bytes = readFileSync(`${model}.bin`);
  nets.tinyFaceDetector.loadFromWeightMap(tf.io.decodeWeights(new Uint8Array(bytes).buffer, weights));
  return loaded;
}

const { tf, TinyFaceDetectorOptions, detectAllFaces } = await load();
const pixels = new Uint8Array(readFileSync(0));
const picture = tf.tensor3d(pixels, [SIDE, SIDE, 3], 'int32');
const faces = await detectAllFaces(
  picture,
  new TinyFaceDetectorOptions({ inputSize: SIDE, scoreThreshold: LEAST_SCORE }),
);
process.stdout.write(String(faces.length), () => process.exit(0));
