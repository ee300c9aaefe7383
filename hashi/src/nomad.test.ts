import { FakeNomad } from './nomad/fake-nomad.fixture.js';
import { nomadContract } from './nomad.contract.js';

nomadContract('scripted', async () => {
  const fake = await new FakeNomad().start();
  return { address: fake.server.address, close: () => fake.server.close() };
});
