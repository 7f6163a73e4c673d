import type { Target } from '../target';
export async function attackWithCommands(_target: Target, _n: number, _seed: number): Promise<void> {}
