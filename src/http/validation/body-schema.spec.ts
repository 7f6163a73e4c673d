import { bodySchema } from './body-schema';
import { OneOf, Text } from './fields';
import { ListOf, ListOfTexts, SomeOf } from './list-field';

class Dish {
  @Text({ max: 5, pattern: /^[a-z]+$/, description: 'What it is called.', example: 'soup' })
  name: string;

  @SomeOf({ values: ['hot', 'cold'], optional: true, default: ['hot'], description: 'How it comes.' })
  served?: string[];
}

class Meal {
  @OneOf({ values: ['noon', 'night'], nullable: true, description: 'When.' })
  time: string | null;

  @ListOf(Dish, { min: 1, max: 9, description: 'What there is.' })
  dishes: Dish[];

  @ListOfTexts({ min: 0, max: 2, length: 3, optional: true, description: 'Who comes.' })
  guests?: string[];
}

describe('bodySchema', () => {
  it('describes the rules of every field, including fields of list items', () => {
    expect(bodySchema(Meal)).toEqual({
      type: 'object',
      properties: {
        time: { description: 'When.', anyOf: [{ type: 'string', enum: ['noon', 'night'] }, { type: 'null' }] },
        dishes: { description: 'What there is.', type: 'array', minItems: 1, maxItems: 9, items: bodySchema(Dish) },
        guests: {
          description: 'Who comes.',
          anyOf: [
            { type: 'array', minItems: 0, maxItems: 2, items: { type: 'string', minLength: 1, maxLength: 3 } },
            { type: 'null' },
          ],
        },
      },
      required: ['time', 'dishes'],
      additionalProperties: false,
    });
    expect(bodySchema(Dish)).toEqual({
      type: 'object',
      properties: {
        name: {
          description: 'What it is called.',
          type: 'string',
          minLength: 1,
          maxLength: 5,
          pattern: '^[a-z]+$',
          examples: ['soup'],
        },
        served: {
          description: 'How it comes.',
          anyOf: [
            { type: 'array', uniqueItems: true, maxItems: 2, items: { type: 'string', enum: ['hot', 'cold'] } },
            { type: 'null' },
          ],
          default: ['hot'],
        },
      },
      required: ['name'],
      additionalProperties: false,
    });
  });
});
