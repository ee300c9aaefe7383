import type { Job } from '@twin/hashi/nomad/job.js';
import type { Expert, Instance } from '../experts/expert.js';
import type { Allocation, Node } from './survey.js';

/** A node as Nomad lists it. */
export const node = (change: Partial<Node> = {}): Node => ({
  ID: 'n1',
  Name: 'attic',
  Datacenter: 'dc1',
  Address: '192.0.2.11',
  Status: 'ready',
  SchedulingEligibility: 'eligible',
  Drain: false,
  Attributes: { 'cpu.numcores': '2', 'memory.totalbytes': '4127195136', 'cpu.modelname': 'Core 2' },
  ...change,
});

/** The job of an expert with a head and, when `workers` are wanted, a group of them. */
export const job = (id: string, change: Partial<Job> = {}, workers = 0): Job => ({
  ID: id,
  Type: 'service',
  Status: 'running',
  Stop: false,
  JobModifyIndex: 7,
  Meta: {},
  TaskGroups: [
    {
      Name: 'head',
      Count: 1,
      Meta: {},
      Tasks: [{ Name: 'head', Driver: 'exec', Env: { TWIN_SERVICE: `llama-api-${id.replace(/-expert$/, '')}` } }],
    },
    { Name: 'rpc', Count: workers, Meta: {}, Tasks: [{ Name: 'rpc', Driver: 'exec', Env: {} }] },
  ],
  ...change,
});

type TaskState = Allocation['TaskStates'][string];
export const task = (change: Partial<TaskState> = {}): TaskState => ({ State: 'running', Events: [], ...change });
export const says = (DisplayMessage: string, Time = 1): TaskState['Events'] => [{ Type: 'x', Time, DisplayMessage }];

/** An allocation that runs. */
export const allocation = (JobID: string, change: Partial<Allocation> = {}): Allocation => ({
  ID: `${JobID}-1`,
  Name: '',
  NodeID: 'n1',
  NodeName: 'attic',
  JobID,
  TaskGroup: 'head',
  DesiredStatus: 'run',
  ClientStatus: 'running',
  TaskStates: { head: task() },
  CreateIndex: 1,
  ModifyIndex: 1,
  ...change,
});

/** A healthy server of an expert. */
export const instance = (expert: string, change: Partial<Instance> = {}): Instance => ({
  id: `${expert}-1`,
  expert,
  endpoint: {
    dialect: 'llama',
    baseUrl: 'http://192.0.2.11:8080',
    apiKey: '',
    model: '',
    template: 'chat',
    settings: { address: 'the job of this expert', key: '' },
  },
  node: 'attic',
  model: 'small',
  context: 4096,
  healthy: true,
  degraded: false,
  external: false,
  vision: false,
  ...change,
});

export const expert = (name: string, instances: Instance[], change: Partial<Expert> = {}): Expert => ({
  name,
  persona: name,
  state: instances.some(({ healthy }) => healthy) ? 'awake' : 'down',
  instances,
  ...change,
});
