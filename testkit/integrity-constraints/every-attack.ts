import type { Attack } from './attack';
import { FALSE_EVENTS, VERSIONS } from './events';
import { GRAPH_CHANGES } from './graphs';
import { HISTORY_CHANGES } from './history';
import { ROWS_WITHOUT_TICKETS, TICKETS_WITHOUT_ROWS } from './moves';
import { OTHER_TABLES, SETTINGS } from './other-tables';
import { PLAN_CHANGES } from './plans';
import { FALSE_NAMES, TIMING } from './sessions';
import { FIXED_COLUMNS, NEW_TICKETS, REMOVALS } from './tickets';

/** Every attack by direct SQL, by what it is an attack on. */
export const ATTACKS: Readonly<Record<string, Attack[]>> = {
  'a change without the matching history row': TICKETS_WITHOUT_ROWS,
  'a history row': ROWS_WITHOUT_TICKETS,
  'a new ticket': NEW_TICKETS,
  'a change of an immutable column': FIXED_COLUMNS,
  'a deletion of tickets': REMOVALS,
  'a version of a ticket': VERSIONS,
  'an event': FALSE_EVENTS,
  'another table': OTHER_TABLES,
  'a setting of the session': SETTINGS,
  'a change of history': HISTORY_CHANGES,
  'a change of a graph': GRAPH_CHANGES,
  'an invalid migration': PLAN_CHANGES,
  'a name that hides a real one': FALSE_NAMES,
  'a change of the time of the checks': TIMING,
};
