import { attackWithInput } from './bad-input/bad-input';
import type { AttackName } from './claims';
import { attackWithCrashes } from './crash/crash';
import { attackWithCommands } from './model/model-attack';
import type { Plan } from './options';
import { attackWithRaces } from './races/races';
import type { Target } from './target';

export const ATTACKS: Readonly<Record<AttackName, (target: Target, plan: Plan, seed: number) => Promise<void>>> = {
  races: (target, { rounds }, seed) => attackWithRaces(target, rounds, seed),
  model: (target, { sequences }, seed) => attackWithCommands(target, sequences, seed),
  crash: (target, { kills }, seed) => attackWithCrashes(target, kills, seed),
  input: (target, { requests }, seed) => attackWithInput(target, requests, seed),
};
