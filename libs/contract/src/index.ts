export {
  defineOperation,
  membersAt,
  pathMembers,
  placeOf,
  type Operation,
  type Place,
  type RequestOf,
  type ResponseOf,
} from './operation.js';
export { operations, type OperationId, type Operations } from './operations.js';
export { openApiDocument, type OpenApiDocument } from './openapi/document.js';
export { problemCodesOf } from './openapi/problem-responses.js';
export { problemCatalogue, type CatalogueEntry } from './problems/catalogue.js';
export {
  problemContentType,
  problemDomain,
  problemTypeBase,
  tellError,
  type ProblemDocument,
  type ToldError,
} from './problems/problem.js';
export { parseKubeconfig } from './kubeconfig/parse-kubeconfig.js';
export { apiMarkdown } from './docs/api-markdown.js';
export { problemsMarkdown } from './docs/problems-markdown.js';
