import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';

/** Serves the document at /openapi.json and Swagger UI at /docs. */
export function serveDocument(app: NestFastifyApplication, document: OpenAPIObject): void {
  addViewport(app.getHttpAdapter().getInstance());
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Phaseline API',
    swaggerOptions: {
      displayRequestDuration: true,
      tryItOutEnabled: true,
      defaultModelsExpandDepth: 0,
      plugins: [showPictures],
    },
  });
}

/** Makes phones show the page in their own width. Nest's template has no place for it. */
function addViewport(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (!/^\/docs(\/(index\.html)?)?$/.test(route.url)) return;
    route.onSend = (_request, _reply, payload, done) => {
      const viewport = '<meta name="viewport" content="width=device-width, initial-scale=1">';
      done(null, typeof payload === 'string' ? payload.replace('<head>', `<head>\n  ${viewport}`) : payload);
    };
  });
}

/** The parts of Swagger UI that the plugin uses. */
interface SwaggerUi {
  readonly React: { createElement(type: unknown, props: object): unknown };
}
interface ResponseBodyProps {
  readonly contentType?: string;
  readonly content: unknown;
}

/**
 * A plugin of Swagger UI that shows SVG responses as pictures; it would show their source. Nest copies the text of this
 * function to the page, so it uses nothing outside of itself.
 */
function showPictures() {
  return {
    wrapComponents: {
      responseBody:
        (original: unknown, { React }: SwaggerUi) =>
        (props: ResponseBodyProps): unknown => {
          const isPicture = String(props.contentType).startsWith('image/svg+xml') && typeof props.content === 'string';
          if (!isPicture) return React.createElement(original, props);
          const src = `data:image/svg+xml,${encodeURIComponent(String(props.content))}`;
          return React.createElement('img', {
            src,
            alt: 'The diagram',
            style: { maxWidth: '100%', colorScheme: 'light' },
          });
        },
    },
  };
}
