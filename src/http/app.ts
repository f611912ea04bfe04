/**
 * The uWebSockets.js application: binds routes to handlers, answers what no route takes, listens and closes.
 * One thread serves all sockets; nothing here waits or computes.
 */
import { ServingError } from '../errors.ts';
import type { Tracer } from '../telemetry/trace/tracer.ts';
import type { Descriptors } from './connection/descriptors.ts';
import { Exchange, type ExchangeSettings } from './exchange.ts';
import type { RouteFacts } from './route-facts.ts';
import { readHead } from './head.ts';
import { refuseArrivals } from './addon/last-arrivals.ts';
import type { HttpRequest, HttpResponse, ListenSocket, TemplatedApp, Uws } from './addon/uws.ts';
import { nothingHere, type Handler, type Route } from './route.ts';
import { sentContext } from './headers/trace.ts';

export interface AppSettings extends ExchangeSettings {
  readonly routes: readonly Route[];
  /** Called for every request to a route that is not quiet. */
  readonly onRequest: () => void;
  /** Names of headers that handlers will want, in lower case; asked for each request. */
  readonly keptHeaders?: () => readonly string[];
  /** The header in which trusted proxies say who the client is, in lower case: all occurrences are kept. */
  readonly proxyHeader?: string | undefined;
  /** Decides whether there is room for a further connection. */
  readonly descriptors: Descriptors;
  /** Called for each connection that is closed for want of room. `limit`: file descriptors of the process. */
  readonly onRefused: (connections: number, limit: number) => void;
  /** Refuses a request that may not use its route, by throwing or rejecting, before its body is read. */
  readonly guard: (exchange: Exchange, route: RouteFacts) => void | Promise<void>;
  /** Where requests are traced; those to quiet routes are not. */
  readonly tracer?: Tracer | undefined;
}

/** The port is taken, or the address is not this machine's. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

type ListenExclusively = (
  host: string,
  port: number,
  options: number,
  done: (socket: ListenSocket | false) => void,
) => void;

/** Milliseconds in which a client that had begun to connect is connected, and is accepted. */
const HANDSHAKE_MS = 25;

/** uSockets' own constant; the addon exports it as a number on some platforms only. */
const LIBUS_LISTEN_EXCLUSIVE_PORT = 1;

/** Headers that pages of allowed origins may send. */
const SENT_BY_PAGES =
  'content-type, content-encoding, x-request-id, x-request-timeout-ms, inference-header-content-length, cache-control, if-none-match, traceparent, tracestate';

const NO_ROUTE: RouteFacts = { pattern: 'none', quiet: false, access: 'anyone' };

export class App {
  readonly #uws: Uws;
  readonly #app: TemplatedApp;
  readonly #settings: AppSettings;
  #socket: ListenSocket | undefined;
  #openRequests = 0;
  #connections = 0;

  constructor(uws: Uws, settings: AppSettings) {
    this.#uws = uws;
    const { descriptors, closesConnections } = settings;
    this.#settings = { ...settings, closesConnections: () => descriptors.scarce || closesConnections() };
    this.#app = uws.App();
    this.#app.filter((response, change) => {
      this.#connections += Number(change);
      if (Number(change) > 0) this.#refuseWithoutRoom(response);
    });
    for (const route of settings.routes) this.#bind(route);
    const byPattern = Map.groupBy(settings.routes, ({ pattern }) => pattern);
    for (const [pattern, routes] of byPattern) this.#refuseOthers(pattern, routes);
    // Without a catch-all route uWebSockets.js closes the socket.
    this.#app.any('/*', (response, request) =>
      this.#serve(response, request, NO_ROUTE, 0, () => {
        throw nothingHere();
      }),
    );
  }

  /** Requests that have no answer yet. */
  get openRequests(): number {
    return this.#openRequests;
  }

  /**
   * Listens and gives the port; 0 asks for any free one. The port is taken exclusively: uWebSockets.js would
   * otherwise share it silently with another server.
   * @throws ListenError
   */
  listen(host: string, port: number): number {
    // The addon takes host, port and options together; its declarations do not know that form.
    const listen = this.#app.listen.bind(this.#app) as unknown as ListenExclusively;
    listen(host, port, LIBUS_LISTEN_EXCLUSIVE_PORT, (socket) => {
      if (socket !== false) this.#socket = socket;
    });
    if (this.#socket === undefined) {
      throw new ListenError(
        `Cannot listen on ${host} port ${port}: it is in use, or not an address of this machine.`,
      );
    }
    return this.#uws.us_socket_local_port(this.#socket);
  }

  /** Open connections, idle ones included. */
  get connections(): number {
    return this.#connections;
  }

  /** Takes no further connection; those that have begun are accepted before it resolves. */
  async stopListening(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#socket = undefined;
    const refused = await refuseArrivals(this.#uws.us_socket_local_port(socket));
    if (refused) await new Promise<void>((resolve) => void setTimeout(resolve, HANDSHAKE_MS));
    this.#uws.us_listen_socket_close(socket);
  }

  /** Closes every connection, even one on which an answer is still being written. */
  close(): void {
    this.#app.close();
    this.#socket = undefined;
  }

  /** There is no way to leave a connection with the system until there is room. */
  #refuseWithoutRoom(response: HttpResponse): void {
    const { descriptors, onRefused } = this.#settings;
    if (descriptors.hasRoomFor(this.#connections)) return;
    onRefused(this.#connections, descriptors.limit);
    response.close();
  }

  #bind(route: Route): void {
    const parameters = route.pattern.split('/:').length - 1;
    const serve = (response: HttpResponse, request: HttpRequest): void =>
      this.#serve(response, request, route, parameters, route.handle);
    if (route.method === 'POST') this.#app.post(route.pattern, serve);
    else if (route.method === 'PUT') this.#app.put(route.pattern, serve);
    else this.#app.get(route.pattern, serve).head(route.pattern, serve);
  }

  /** Answers the other methods of a path, to clients that may use it. */
  #refuseOthers(pattern: string, routes: readonly Route[]): void {
    const allow = routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
    const [first] = routes;
    const same = routes.every(({ access }) => access === first?.access);
    const access = same && first !== undefined ? first.access : 'anyone';
    this.#app.any(pattern, (response, request) =>
      this.#serve(response, request, { pattern, quiet: false, access }, 0, (exchange) => {
        const { method, origin } = exchange.head;
        if (method === 'OPTIONS' && this.#settings.corsHeaders(origin).length > 0) {
          const headers = [
            ['access-control-allow-methods', allow],
            [
              'access-control-allow-headers',
              [SENT_BY_PAGES, ...(this.#settings.keptHeaders?.() ?? [])].join(', '),
            ],
            ['access-control-max-age', '600'],
          ] as const;
          return exchange.answer({ status: 204, contentType: 'text/plain', body: '', headers });
        }
        throw new ServingError('METHOD_NOT_ALLOWED', `${method} is not a method of this path.`, {
          headers: [['allow', allow]],
        });
      }),
    );
  }

  /** Runs a handler; whatever it throws becomes an error answer, or the client would wait for ever. */
  #serve(
    response: HttpResponse,
    request: HttpRequest,
    route: RouteFacts,
    parameters: number,
    handler: Handler,
  ): void {
    const head = readHead(request, parameters, this.#settings.keptHeaders?.(), this.#settings.proxyHeader);
    const { tracer } = this.#settings;
    const trace =
      tracer === undefined || route.quiet
        ? undefined
        : tracer.begin(sentContext(request), () => request.getUrl());
    const exchange = new Exchange(response, head, route, this.#settings, trace);
    this.#openRequests++;
    exchange.onEnd(() => this.#openRequests--);
    if (!route.quiet) this.#settings.onRequest();
    try {
      // While an answer is pending, uWebSockets.js closes the connection if the packet holds another request; after the
      // answer it would serve that request, even if the answer closes the connection. So this answer comes later.
      if (head.misframed) return void setImmediate(() => exchange.fail(head.problem));
      if (head.problem !== undefined) throw head.problem;
      const admitted = this.#settings.guard(exchange, route);
      const done = admitted === undefined ? handler(exchange) : handleAfter(admitted, exchange, handler);
      done?.catch((error: unknown) => exchange.fail(error));
    } catch (error) {
      exchange.fail(error);
    }
  }
}

async function handleAfter(admitted: Promise<void>, exchange: Exchange, handler: Handler): Promise<void> {
  exchange.holdBody();
  await admitted;
  if (!exchange.ended) await handler(exchange);
}
