import { z } from 'zod';
import { refused, said } from '../say.js';
import type { Tool, ToolResult } from '../tool.js';
import { namedBy } from './entity-names.js';
import type { Entity, HomeAssistant } from './home-assistant.js';

const entityName = z.string().trim().min(1).max(100);
const NAME = /^[a-z0-9_]{1,64}$/;
const identifier = z.string().regex(NAME, 'is no name of a domain or service');
const statesArgs = z.strictObject({ contains: z.string().trim().max(60).default('') });
const getArgs = z.strictObject({ entity: entityName });
const value = z.union([z.string().max(200), z.number(), z.boolean(), z.array(z.number()).max(4)]);
const callArgs = z.strictObject({
  domain: identifier,
  service: identifier,
  entity: entityName.optional(),
  data: z
    .record(z.string().regex(NAME), value)
    .default({})
    .refine(
      (data) =>
        Object.keys(data).length <= 12 &&
        !('area_id' in data || 'device_id' in data || 'label_id' in data || 'floor_id' in data),
      'names more than entities',
    ),
});
const turnArgs = z.strictObject({ name: entityName, to: z.enum(['on', 'off']) });

/** What may be switched by `ha.turn`: what does no harm either way. Locks, doors, alarms and scripts go through `ha.call`. */
const SWITCHED = ['light', 'fan', 'input_boolean', 'media_player'];
const MOST = 25;

/** Home Assistant's exposed entities. Left out `house`: it is not configured. */
export const haTool = (house: HomeAssistant | undefined): Tool => {
  const one = async (name: string, signal: AbortSignal): Promise<Entity | ToolResult> => {
    const found = namedBy(name, (await house?.entities(signal)) ?? []);
    const [first] = found;
    if (first === undefined) return refused('TWIN_HA_UNKNOWN', `I know no device called ${name}.`);
    if (found.length === 1) return first;
    return refused(
      'TWIN_HA_WHICH',
      `Which one do you mean? ${found
        .slice(0, 5)
        .map((e) => e.name)
        .join(', ')}.`,
    );
  };
  return {
    name: 'ha',
    description: 'The devices of the house, through Home Assistant.',
    unavailable: () =>
      house === undefined
        ? 'No Home Assistant is known. Set HA_URL and HA_TOKEN (a long-lived access token).'
        : undefined,
    methods: {
      states: {
        description: 'The devices that are exposed, with their state.',
        args: statesArgs,
        risk: 'read',
        examples: [
          'which lights are on',
          'what devices are there in the house',
          'list the devices',
          'what can you switch in the house',
          'show all smart home devices',
          'which appliances are connected',
          'what lamps are on right now',
          'give me an overview of the devices at home',
          'what gadgets are there',
        ],
        async run({ contains }: z.infer<typeof statesArgs>, { signal }) {
          const all = (await house?.entities(signal)) ?? [];
          const wanted = contains.toLowerCase();
          const found = all.filter(({ id, name }) => `${id} ${name}`.toLowerCase().includes(wanted));
          if (found.length === 0) return said('There is no such device that is exposed to me.');
          const more = found.length > MOST ? ` And ${found.length - MOST} more.` : '';
          return said(`${found.slice(0, MOST).map(stateWords).join(' ')}${more}`);
        },
      },
      get: {
        description: 'The state of one device, by its name or id.',
        args: getArgs,
        risk: 'read',
        examples: [
          'is the {entity:kitchen light} on',
          'how warm is it in the {entity:bedroom}',
          'what is the state of the {entity:front door}',
          'is the {entity:kitchen light} off',
          'is the {entity:window} open',
          'is the {entity:front door} closed',
          'check if the {entity:hall light} is on',
          'what is the temperature in the {entity:bedroom}',
          'is the {entity:heater} running',
          'did I leave the {entity:iron} on',
          'how cold is the {entity:freezer}',
          'is the {entity:kitchen light} still on',
          'is the {entity:kitchen light} burning',
          'tell me if the {entity:hall light} is on',
          'tell me whether the {entity:window} is open',
          'check whether the {entity:fan} is running',
          'how cold is it in the {entity:bedroom}',
          'the temperature of the {entity:bedroom} please',
          'what is the state of the {entity:heater}',
          'is the {entity:hall light} switched on',
          'is the {entity:hall light} turned on',
          'is the {entity:front door} shut',
          'is the {entity:front door} locked',
          'what does the {entity:thermometer} say',
        ],
        async run({ entity }: z.infer<typeof getArgs>, { signal }) {
          const found = await one(entity, signal);
          return 'ok' in found ? found : said(stateWords(found));
        },
      },
      turn: {
        description: 'Switches a light, fan, player or helper on or off, by its name.',
        args: turnArgs,
        risk: 'write',
        examples: [
          'switch the {name:kitchen light} {to:off}',
          'turn {to:on} the {name:hall light}',
          'switch {to:on} the {name:hall light}',
          'turn the {name:fan} {to:on}',
          'lights {to:out=off} in the {name:bedroom}',
          'lights {to:on} in the {name:bedroom}',
          'put the {name:hall light} {to:out=off}',
          'put the {name:hall light} {to:on}',
          'shut {to:off} the {name:radio}',
          'power {to:off} the {name:speaker}',
          'the {name:hall light} {to:on} please',
          'turn {to:out=off} the {name:hall light}',
          'light up the {name:staircase}{to=on}',
          'make it dark in the {name:bedroom}{to=off}',
          'kill the {name:hall light}{to=off}',
          'deactivate the {name:heater fan}{to=off}',
          'activate the {name:heater fan}{to=on}',
          'start the {name:fan}{to=on}',
          'the {name:hall light} should be {to:off}',
          'I want the {name:hall light} {to:on}',
          'we need light in the {name:bedroom}{to=on}',
          'make the {name:hall light} go {to:out=off}',
          'I want the {name:hall light} to be switched {to:off}',
          'switch the {name:hall light} {to:on} for me',
          'extinguish the {name:hall light}{to=off}',
          'let there be light in the {name:bedroom}{to=on}',
          'make the {name:hall light} come {to:on}',
          'the {name:speaker} can go {to:off}',
          'could the {name:hall light} go {to:off}',
          'get the {name:hall light} {to:on}',
          'get the lights {to:off} in the {name:bedroom}',
          '{to:on} with the {name:fan}',
          'the {name:speaker} {to:off}',
        ],
        effect: ({ name, to }: z.infer<typeof turnArgs>) => `Switches ${name} ${to}.`,
        async run({ name, to }: z.infer<typeof turnArgs>, { signal }) {
          const found = await one(name, signal);
          if ('ok' in found) return found;
          const [domain = ''] = found.id.split('.');
          if (!SWITCHED.includes(domain))
            return refused('TWIN_HA_DOMAIN', `${found.name} is not switched like that; it needs a service call.`);
          await house?.call(domain, `turn_${to}`, { entity_id: found.id }, signal);
          return said(`${found.name} is ${to}.`);
        },
      },
      call: {
        description: 'Calls any service of Home Assistant for one exposed device.',
        args: callArgs,
        risk: 'sensitive',
        examples: [
          'unlock the {entity:front door}{domain=lock}{service=unlock}',
          'lock the {entity:front door}{domain=lock}{service=lock}',
          'open the {entity:garage door}{domain=cover}{service=open_cover}',
          'close the {entity:blinds}{domain=cover}{service=close_cover}',
          'set the {entity:heating} to {data.temperature:twenty} degrees{domain=climate}{service=set_temperature}',
          'set the kitchen light to half brightness',
        ],
        effect: ({ domain, service, entity, data }: z.infer<typeof callArgs>) =>
          `Calls ${domain}.${service}${entity === undefined ? '' : ` for ${entity}`} with ${JSON.stringify(data)}.`,
        async run({ domain, service, entity, data }: z.infer<typeof callArgs>, { signal }) {
          const { entity_id, ...rest } = data;
          const name = entity ?? (typeof entity_id === 'string' ? entity_id : undefined);
          if (name === undefined)
            return refused('TWIN_HA_TARGET', 'Say which device: a service is only called for an exposed one.');
          const found = await one(name, signal);
          if ('ok' in found) return found;
          await house?.call(domain, service, { ...rest, entity_id: found.id }, signal);
          return said(`Done: ${domain} ${service} for ${found.name}.`);
        },
      },
    },
    close: async () => house?.close(),
  };
};

const stateWords = ({ name, state, unit }: Entity): string => `${name}: ${[state, unit].filter(Boolean).join(' ')}.`;
