/** The real parts keep what the interfaces promise; `testing/fakes/contract.test.ts` asks the same of the fakes. */
import { join } from 'node:path';
import { realModel } from '@twin/pipecat-app/experts/real-model.fixture.js';
import { TwinService } from '@twin/pipecat-app/mind/twin-service.js';
import { Espeak } from '@twin/pipecat-app/mouth/espeak.js';
import { clockTool } from '@twin/pipecat-app/tools/clock.js';
import { ToolRegistry } from '@twin/pipecat-app/tools/registry.js';
import { ROOT } from '../bench/servers.js';
import { mindContract } from '../fakes/mind.contract.js';
import { sttContract } from '../fakes/stt.contract.js';
import { ttsContract } from '../fakes/tts.contract.js';
import { localEar, remoteEar } from './ears.js';

sttContract('Whisper on this machine', localEar);
sttContract('Whisper behind an OpenAI server', remoteEar);
ttsContract('espeak-ng', () => new Espeak());
mindContract('TwinService with the embedded model', async () => {
  const llm = realModel();
  await llm.start(AbortSignal.timeout(60_000));
  const mind = new TwinService({ llm, registry: new ToolRegistry([clockTool()]), promptsDir: join(ROOT, 'prompts') });
  await mind.prepare(AbortSignal.timeout(60_000));
  return { mind, close: () => llm.close() };
});
