import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension } from '@nestjs/swagger';
import { ApiFurtherProblems } from '../http/openapi/api-documentation';
import { ConfigureRoute } from '../http/server/route-config';
import { KEY_SCHEME } from '../http/openapi/openapi';
import type { Role } from './caller';

/** Says which role a route needs: to the hook that lets callers in, and to the OpenAPI document. */
export function RequiresRole(role: Role): MethodDecorator {
  return applyDecorators(
    ConfigureRoute({ role }),
    ApiExtension('x-required-role', role),
    ApiBearerAuth(KEY_SCHEME),
    ApiFurtherProblems('unauthenticated', 'forbidden'),
  );
}

/** Says that a route answers everybody, also while authentication is on. */
export function IsPublic(): MethodDecorator {
  return applyDecorators(ConfigureRoute({ role: 'public' }), ApiExtension('x-required-role', 'public'));
}
