/** docs/openapi.json: the description of the API that the server answers at /openapi.json. */
import { ROUTE_SETS } from '../../src/root/routes.ts';
import { openApiDocument } from '../../src/site/openapi/build.ts';
import { VERSION } from '../../src/version.ts';
import { COMMAND, type Document } from './document.ts';

export const openApi: Document = {
  file: 'docs/openapi.json',
  make: () =>
    `${JSON.stringify({ 'x-generated-by': COMMAND, ...openApiDocument(VERSION, ROUTE_SETS) }, null, 2)}\n`,
};
