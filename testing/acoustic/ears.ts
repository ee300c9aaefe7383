import { join } from 'node:path';
import { readConfig } from '@twin/pipecat-app/config.js';
import { OpenAiStt } from '@twin/pipecat-app/ears/openai-stt.js';
import type { Stt } from '@twin/pipecat-app/ears/stt.js';
import { transcriptionServer } from '@twin/pipecat-app/ears/transcription-server.fixture.js';
import { WhisperCpp } from '@twin/pipecat-app/ears/whisper-cpp.js';
import { whisperProgram } from '@twin/pipecat-app/models/whisper-source.js';

/** A started ear, and Whisper wherever it is behind it. */
export type Ear = { stt: Stt; whisper: WhisperCpp; close(): Promise<void> };

/** The installed engine and model; `TWIN_WHISPER_BINARY` and `TWIN_WHISPER_MODEL` name others. */
export function whisperFiles(): { binary: string; model: string } {
  const { TWIN_ENGINES, TWIN_MODELS } = readConfig();
  return {
    binary: process.env.TWIN_WHISPER_BINARY ?? whisperProgram(TWIN_ENGINES, 'whisper-server'),
    model: process.env.TWIN_WHISPER_MODEL ?? join(TWIN_MODELS, 'whisper-tiny.en-q8_0.bin'),
  };
}

export async function localEar(): Promise<Ear> {
  const whisper = new WhisperCpp(whisperFiles());
  await whisper.start(AbortSignal.timeout(60_000));
  return { stt: whisper, whisper, close: () => whisper.close() };
}

/** Whisper behind an OpenAI-shaped server on loopback. */
export async function remoteEar(): Promise<Ear> {
  const { whisper, close } = await localEar();
  const server = await transcriptionServer(whisper);
  const stt = new OpenAiStt({ baseUrl: server.baseUrl, apiKey: 'k', model: 'whisper-1' });
  return {
    stt,
    whisper,
    close: async () => {
      await stt.close();
      await server.close();
      await close();
    },
  };
}
