import 'reflect-metadata';
import { validateSync } from 'class-validator';
import fc from 'fast-check';
import { BulkRequestDto } from '../../phases/bulk.dto';
import { TransitionRequestDto } from '../../phases/phase.dto';
import { CreateProjectDto } from '../../access/project.dto';
import { CreateTicketDto, EditTicketDto } from '../../tickets/ticket.dto';
import { WorkflowDefinitionDto } from '../../workflows/workflow-definition.dto';
import { compileCheck } from './rule';

const anything = fc.oneof(
  fc.anything({ maxDepth: 2 }),
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'grapheme', minLength: 40, maxLength: 60 }),
  fc.constantFrom(
    'DESIGN',
    'HIGH',
    'default',
    '',
    null,
    undefined,
    { n: 2 ** 60 },
    { n: 1 },
    ['x'],
    ['x', 'x\0'],
    'x\0',
    '\ud800',
  ),
  fc.constantFrom('x'.repeat(500), 'x'.repeat(501), '🎟️'.repeat(250), { text: 'é'.repeat(40_000) }),
);

describe('compileCheck', () => {
  it.each([
    TransitionRequestDto,
    CreateTicketDto,
    EditTicketDto,
    CreateProjectDto,
    BulkRequestDto,
    WorkflowDefinitionDto,
  ])('agrees with class-validator about any %p', (dto) => {
    const isSound = compileCheck(dto);
    const fields =
      'to_phase reason transitioned_by artifacts title description priority phase_id project key mode items initial phases transitions resume';
    const bodies = fc.dictionary(fc.constantFrom(...fields.split(' ')), anything, {
      maxKeys: 12,
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(bodies, (body) => {
        const instance: object = Object.assign(new dto(), body);
        expect(isSound(instance)).toBe(validateSync(instance).length === 0);
      }),
      { numRuns: 500 },
    );
  });
});
