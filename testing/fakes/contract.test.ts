/** The fakes keep what the interfaces promise; `testing/acoustic/contract.test.ts` asks the same of the real parts. */
import { InstantTts } from './instant-tts.js';
import { mindContract } from './mind.contract.js';
import { FORTY_WORDS, ScriptedMind } from './scripted-mind.js';
import { ScriptedStt } from './scripted-stt.js';
import { sttContract } from './stt.contract.js';
import { ttsContract } from './tts.contract.js';

const close = async (): Promise<void> => undefined;

sttContract('the scripted ear', async () => ({ stt: new ScriptedStt({ texts: ['What time is it?'] }), close }));
ttsContract('the humming mouth', () => new InstantTts());
mindContract('the scripted mind', async () => ({ mind: new ScriptedMind({ answer: FORTY_WORDS }), close }));
