import { FakeConsul } from './consul/fake-consul.fixture.js';
import { consulContract } from './consul.contract.js';

consulContract('scripted', async () => {
  const fake = await new FakeConsul().start();
  return { address: fake.server.address, close: () => fake.server.close() };
});
