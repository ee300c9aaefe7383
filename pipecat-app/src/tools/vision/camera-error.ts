import { TwinError } from '../../errors.js';

type Meaning = { code: `TWIN_${string}`; says: RegExp; message: (device: string) => string; next: string };

const MEANINGS: readonly Meaning[] = [
  {
    code: 'TWIN_CAMERA_MISSING',
    says: /No such (file or directory|device)/i,
    message: (device) => `There is no camera at ${device}.`,
    next: 'Connect it, see with `ls /dev/video*` where it is, and set VISION_SOURCE.',
  },
  {
    code: 'TWIN_CAMERA_DENIED',
    says: /Permission denied|Operation not permitted/i,
    message: (device) => `I may not use the camera ${device}.`,
    next: 'Put the user of the agent into the group video: `usermod -aG video USER`, then start the agent again.',
  },
  {
    code: 'TWIN_CAMERA_BUSY',
    says: /Device or resource busy/i,
    message: (device) => `Another program uses the camera ${device}.`,
    next: 'Close that program, then ask again.',
  },
  {
    code: 'TWIN_CAMERA_MISSING',
    says: /Inappropriate ioctl|Not a video capture device|Invalid argument|Unknown input format/i,
    message: (device) => `${device} is no camera that gives pictures.`,
    next: 'Many cameras have two devices; try the other one of `ls /dev/video*` in VISION_SOURCE.',
  },
];

/** What ffmpeg says about a camera, as an error with a next step. */
export function cameraError(device: string, stderr: string): TwinError {
  const found = MEANINGS.find(({ says }) => says.test(stderr));
  if (found) return new TwinError(found.code, found.message(device), { next: found.next });
  return new TwinError('TWIN_CAMERA', `The camera ${device} gives no picture.`, {
    next: `Try \`ffmpeg -f v4l2 -i ${device} -frames:v 1 test.jpg\` and read what it says.`,
  });
}
