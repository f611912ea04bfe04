/**
 * Every error that a client can see, once. The code is the stable part of the contract: clients branch on
 * it, messages may change. Anything thrown that is not a ServingError is answered as INTERNAL, without text.
 */

interface ErrorRow {
  /** HTTP status of the answer. */
  readonly status: number;
  /** Whether the same request may succeed if it is sent again. */
  readonly retryable: boolean;
  /** What it means, for docs/errors.md. */
  readonly means: string;
  /** What the caller, or the operator, should do about it. */
  readonly todo: string;
}

const row = (status: number, means: string, todo: string, retryable = false): ErrorRow => ({
  status,
  retryable,
  means,
  todo,
});

export const ERRORS = {
  BAD_JSON: row(400, 'The body is not valid JSON.', 'Send valid JSON.'),
  BAD_FIELD: row(
    400,
    'A field of the body is unknown, missing, of the wrong type or out of range.',
    'Fix the field that `pointer` names.',
  ),
  BAD_QUERY: row(
    400,
    'A query parameter is unknown or out of range.',
    'Fix the parameter that `pointer` names.',
  ),
  BAD_HEADER: row(
    400,
    'A request header is malformed or duplicated.',
    'Fix the header that the message names.',
  ),
  BAD_ENCODING: row(
    400,
    'The body cannot be inflated: it is not what its Content-Encoding says, damaged or cut off.',
    'Compress the body again, or send it as it is, without the header.',
  ),
  BAD_BASE64: row(400, 'An image is not valid base64 or not a base64 data URL.', 'Encode the image again.'),
  BAD_MULTIPART: row(400, 'The multipart body cannot be parsed.', 'Check the boundary and the parts.'),
  EMPTY_BODY: row(400, 'The body, or an image in it, has no bytes.', 'Send the image or the rows.'),
  NOT_AN_IMAGE: row(400, 'The first bytes match no image format.', 'Send a JPEG, PNG or WebP file.'),
  IMAGE_TRUNCATED: row(400, 'The image ends before its data does.', 'Send the whole file.'),
  IMAGE_CORRUPT: row(
    400,
    'The header of the image is valid, but its data cannot be decoded.',
    'Check the file.',
  ),
  BAD_SHAPE: row(
    400,
    'A tensor has the wrong shape, length or data type for the model.',
    'Compare it with GET /v1/models/{model}.',
  ),
  RUN_FAILED: row(
    400,
    'The model cannot be run with these inputs: lengths that do not suit each other, an index that is out of range.',
    'The message has the sentence of onnxruntime. Compare the inputs with what the model was made for.',
  ),
  NOT_FINITE: row(
    400,
    'The model has returned NaN or an infinity, which JSON does not have and no class can be read from.',
    'Ask for the outputs in binary, or send an input that the model can answer.',
  ),
  FEATURES_MISSING: row(
    422,
    'The feature store has no value for a row, one that is too old, or one that the input does not take, and there is no default.',
    'Check the entity keys. The operator can set `defaults` or `maxAgeS` in model.json, or put the values into the store.',
  ),
  URL_REFUSED: row(
    400,
    'The server may not fetch this URL: scheme, port, address, redirect, size or content.',
    'Use a public http or https address of an image, or have the operator allow the host.',
  ),
  UNAUTHENTICATED: row(
    401,
    'The server asks who calls: the API key or the token is missing, not valid, or no longer.',
    'Send a valid one as `Authorization: Bearer …`, or an API key as `x-api-key`; `WWW-Authenticate` says what is wrong.',
  ),
  FORBIDDEN: row(
    403,
    'The caller may not do this: it has not the scope, the model is not one of its own, or the server does not allow changes, or not from where the call comes.',
    'Use a key with the scope that the message names. To change models, start the server with `--model-control explicit`, and without authentication call it from its own machine.',
  ),
  AUDIT_UNAVAILABLE: row(
    503,
    'The audit log cannot be written, and the server is set to change nothing that it cannot write down.',
    'Free space on the disk of the audit log, or repair it.',
    true,
  ),
  FEEDBACK_UNAVAILABLE: row(
    503,
    'The feedback cannot be written down: the disk of the log is full, or fails.',
    'Send it again later; it was not counted. The operator frees space, or lowers predictionLogMaxBytes.',
    true,
  ),
  ROUNDS_UNAVAILABLE: row(
    503,
    'The files of a federated round cannot be read or written: the disk of federatedDir is full, or fails.',
    'Send it again later; it was not counted, and what was counted before still is. The operator finds the reason in the log.',
    true,
  ),
  ROUTE_NOT_FOUND: row(404, 'There is nothing at this path.', 'See GET /openapi.json or /docs.'),
  MODEL_NOT_FOUND: row(404, 'No such model, or no such version of it.', 'See GET /v1/models.'),
  PREDICTION_NOT_FOUND: row(
    404,
    'No prediction with this request id is in the log: it was not made here, not sampled, dropped, or has left the log.',
    'Send the `request_id` of the answer, or its header `x-request-id`, within predictionLogDays; the same server, or one that shares its folder, must get it.',
  ),
  FEEDBACK_OFF: row(
    404,
    'The server logs no predictions, so there is nothing that feedback could speak of.',
    'Start it with predictionLogDir.',
  ),
  ROUND_NOT_FOUND: row(404, 'There is no federated round of that number.', 'See GET /v1/federated/{model}.'),
  METHOD_NOT_ALLOWED: row(
    405,
    'The path exists, but not for this method.',
    'Use a method that `Allow` lists.',
  ),
  NO_SPLIT: row(
    409,
    'The traffic of the model is not split, so there is nothing to promote, hold or roll back.',
    'Set a split by PUT /v1/models/{model}/traffic first.',
  ),
  FEEDBACK_CONFLICT: row(
    409,
    'Something else was said of the prediction before.',
    'Nothing: what was said first holds.',
  ),
  ROUND_OPEN: row(
    409,
    'A federated round of the model is open: it has no result yet, and no other one can be opened.',
    'Close it first: `ortolan federated close`.',
  ),
  ROUND_CLOSED: row(
    409,
    'The federated round takes no updates any more.',
    'Take part in the one that is open: GET /v1/federated/{model}.',
  ),
  ROUND_FULL: row(
    409,
    'The federated round has as many updates as it takes.',
    'Take part in the next one. The operator can open it for more clients.',
  ),
  UPDATE_EXISTS: row(
    409,
    'The caller has sent another update in this federated round; that one counts.',
    'Send one update a round. The same update may be sent again.',
  ),
  TOO_FEW_UPDATES: row(
    409,
    'The federated round has fewer updates than it needs to be closed.',
    'Wait for more, or give it up with `abandon=true`.',
  ),
  BODY_TOO_LARGE: row(
    413,
    'The body has more bytes, or more rows, than the server takes.',
    'Send less at once, rows as application/octet-stream, or raise maxBodyBytes, maxJsonBytes or maxQueueRows.',
  ),
  IMAGE_TOO_LARGE: row(
    413,
    'The image has more pixels than the server decodes.',
    'Scale it down, or raise maxImagePixels.',
  ),
  TOO_MANY_IMAGES: row(
    413,
    'The request carries more images than the server takes at once.',
    'Split the request, or raise maxImagesPerRequest.',
  ),
  UNSUPPORTED_MEDIA_TYPE: row(
    415,
    'The content type, or the content encoding, of the request is not one that this route reads.',
    'Use one of those that the message names.',
  ),
  MODEL_REFUSED: row(
    422,
    'The files of the model cannot be served as they lie there; what was served before still is.',
    'Fix what the message says, then load it again.',
  ),
  UPDATE_REFUSED: row(
    422,
    'The weights are no safetensors file of 32-bit floats with the names and shapes of the round, or have NaN or infinities.',
    'Compare them with GET /v1/federated/{model}/rounds/{round}.',
  ),
  UNSUPPORTED_IMAGE: row(
    415,
    'The image is of a kind that is not served: another format, animated, or a JPEG of other than 8 bits.',
    'Send a JPEG, PNG or WebP with one frame; a JPEG with 8 bits a sample.',
  ),
  RATE_LIMITED: row(
    429,
    'The caller sends more requests, or more at the same time, than it may.',
    'Wait as long as `Retry-After` says; `RateLimit-Policy` has the limits. The operator can raise them.',
    true,
  ),
  QUOTA_EXCEEDED: row(
    429,
    'The caller has used its predictions of the day.',
    'Wait until the next day of the caller begins, after `Retry-After`, or ask the operator for more.',
  ),
  URL_FAILED: row(
    502,
    'The host of the URL could not be reached or answered with an error.',
    'Try again later.',
    true,
  ),
  FEATURES_UNAVAILABLE: row(
    503,
    'The feature store of the model does not answer in time, or at all, and a feature has no default.',
    'Retry after `Retry-After`, or send the inputs themselves. The operator finds the reason in the log.',
    true,
  ),
  QUEUE_FULL: row(
    503,
    'The queue of the model is full.',
    'Retry after `Retry-After`. If it recurs, add replicas.',
    true,
  ),
  OVERLOADED: row(
    503,
    'The request cannot be answered within the latency objective or its deadline, or the bodies in flight have reached maxInFlightBytes.',
    'Retry after `Retry-After`. If it recurs, add replicas, or raise sloP99Ms or maxInFlightBytes.',
    true,
  ),
  KEYS_UNAVAILABLE: row(
    503,
    'The token cannot be verified: the key set of its issuer could not be read since the start.',
    'Retry later. The operator finds the reason in the log.',
    true,
  ),
  MODEL_LOADING: row(503, 'The model is not loaded yet.', 'Retry after `Retry-After`.', true),
  MODEL_UNAVAILABLE: row(
    503,
    'The model version failed to load; /health says why.',
    'Fix or remove the version, then load it again, or restart.',
  ),
  MODEL_QUARANTINED: row(
    503,
    'The model version has crashed the server twice, and is not run any more; /health says when and by which signal.',
    'Give it other files, or release it by `ortolan models release`. Others are served.',
  ),
  DRAINING: row(503, 'The server is shutting down.', 'Retry: another replica will answer.', true),
  WORKER_DIED: row(503, 'The worker that ran the batch died.', 'Retry; if it recurs, see the logs.', true),
  DEVICE_LOST: row(
    503,
    'The device that ran the batch, a GPU, was lost, or is being opened again.',
    'Retry; if it recurs, see the logs and docs/accelerators.md.',
    true,
  ),
  URL_TIMEOUT: row(504, 'The host of the URL was too slow.', 'Try again later, or send the bytes.', true),
  DEADLINE_EXCEEDED: row(
    504,
    'The deadline of the request passed before it was answered.',
    'Retry with a longer x-request-timeout-ms, or add replicas.',
    true,
  ),
  INTERNAL: row(500, 'The server failed.', 'Report it with the request id; the log has the details.'),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;
