import { CAPTURE, type CaptureNews, type CaptureOrder } from './worklet-messages.js';

export type MicNews = {
  frame(at: number, samples: Int16Array, level: number): void;
  gate(open: boolean): void;
  /** The system took the microphone away: unplugged, or the permission withdrawn. */
  micEnded(): void;
};

export type Mic = { gate(open: boolean): void; close(): void };

/** Connects an open microphone to the capture worklet. Throws `NotSupportedError` when the sample rates do not fit. */
export function openMic(context: AudioContext, stream: MediaStream, news: MicNews): Mic {
  const source = context.createMediaStreamSource(stream);
  const capture = new AudioWorkletNode(context, CAPTURE, { channelCount: 1, channelCountMode: 'explicit' });
  capture.port.onmessage = ({ data }: MessageEvent<CaptureNews>) => {
    if (data.type === 'frame') news.frame(data.at, data.samples, data.level);
    else news.gate(data.open);
  };
  for (const track of stream.getTracks()) track.onended = () => news.micEnded();
  // Its output stays silent; a node without a listener is not run by every browser.
  source.connect(capture).connect(context.destination);
  const order = (message: CaptureOrder) => capture.port.postMessage(message);
  return {
    gate: (open) => order({ type: 'gate', open }),
    close() {
      for (const track of stream.getTracks()) track.stop();
      source.disconnect();
      capture.disconnect();
    },
  };
}
