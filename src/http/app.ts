/**
 * The uWebSockets.js application: binds routes to handlers, answers what no route takes, listens and closes, with TLS or
 * without.
 * One thread serves all sockets; nothing here waits or computes.
 */
import { ServingError } from '../errors.ts';
import type { Tracer } from '../telemetry/trace/tracer.ts';
import type { Descriptors } from './connection/descriptors.ts';
import { PlainListener, type Listener } from './connection/listener.ts';
import { Exchange, type ExchangeSettings } from './exchange.ts';
import type { RouteFacts } from './route-facts.ts';
import { readHead } from './head.ts';
import type { HttpRequest, HttpResponse, TemplatedApp, Uws } from './addon/uws.ts';
import { nothingHere, type Handler, type Route } from './route.ts';
import { preflightHeaders } from './headers/cors.ts';
import { sentContext } from './headers/trace.ts';
import type { Credentials } from './tls/credentials.ts';
import { TlsListener } from './tls/listener.ts';

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
  /** How long browsers remember what pages of other origins may send. */
  readonly corsMaxAgeSeconds?: number;
  /** What is shown and believed in TLS; undefined: HTTP without it. */
  readonly tls?: Credentials | undefined;
  /** Where requests are traced; those to quiet routes are not. */
  readonly tracer?: Tracer | undefined;
}

const NO_ROUTE: RouteFacts = { pattern: 'none', quiet: false, access: 'anyone' };

export class App {
  readonly #settings: AppSettings;
  readonly #listener: Listener;
  #openRequests = 0;
  #connections = 0;

  /** @throws CredentialError */
  constructor(uws: Uws, settings: AppSettings) {
    const { descriptors, closesConnections, tls } = settings;
    uws._cfg('silent');
    this.#settings = { ...settings, closesConnections: () => descriptors.scarce || closesConnections() };
    this.#listener =
      tls === undefined
        ? new PlainListener(uws, (app) => this.#bindAll(app, this.#settings))
        : new TlsListener(uws, (app, retired) => this.#bindAll(app, this.#closingIf(retired)), tls);
  }

  /** Requests that have no answer yet. */
  get openRequests(): number {
    return this.#openRequests;
  }

  /** Open connections, idle ones included. */
  get connections(): number {
    return this.#connections;
  }

  /**
   * Listens and gives the port; 0 asks for any free one.
   * @throws ListenError
   */
  listen(host: string, port: number): number {
    return this.#listener.listen(host, port);
  }

  /**
   * Serves new connections with another certificate. Only for a server with TLS.
   * @throws CredentialError when it cannot be served, and the one before still is
   */
  renew(credentials: Credentials): void {
    if (this.#listener instanceof TlsListener) this.#listener.replace(credentials);
  }

  /** Takes no further connection; those that have begun are accepted before it resolves. */
  stopListening(): Promise<void> {
    return this.#listener.stopListening();
  }

  /** Closes every connection, even one on which an answer is still being written. */
  close(): void {
    this.#listener.close();
  }

  #closingIf(retired: () => boolean): AppSettings {
    const { closesConnections } = this.#settings;
    return { ...this.#settings, closesConnections: () => retired() || closesConnections() };
  }

  /** Gives a native application all routes. `settings`: of its connections. */
  #bindAll(app: TemplatedApp, settings: AppSettings): void {
    app.filter((response, change) => {
      this.#connections += Number(change);
      if (Number(change) > 0) this.#refuseWithoutRoom(response);
    });
    for (const route of settings.routes) this.#bind(app, settings, route);
    const byPattern = Map.groupBy(settings.routes, ({ pattern }) => pattern);
    for (const [pattern, routes] of byPattern) this.#refuseOthers(app, settings, pattern, routes);
    // Without a catch-all route uWebSockets.js closes the socket.
    app.any('/*', (response, request) =>
      this.#serve(settings, response, request, NO_ROUTE, 0, () => {
        throw nothingHere();
      }),
    );
  }

  /** There is no way to leave a connection with the system until there is room. */
  #refuseWithoutRoom(response: HttpResponse): void {
    const { descriptors, onRefused } = this.#settings;
    if (descriptors.hasRoomFor(this.#connections)) return;
    onRefused(this.#connections, descriptors.limit);
    response.close();
  }

  #bind(app: TemplatedApp, settings: AppSettings, route: Route): void {
    const parameters = route.pattern.split('/:').length - 1;
    const serve = (response: HttpResponse, request: HttpRequest): void =>
      this.#serve(settings, response, request, route, parameters, route.handle);
    if (route.method === 'POST') app.post(route.pattern, serve);
    else if (route.method === 'PUT') app.put(route.pattern, serve);
    else app.get(route.pattern, serve).head(route.pattern, serve);
  }

  /** Answers the other methods of a path, to clients that may use it. */
  #refuseOthers(app: TemplatedApp, settings: AppSettings, pattern: string, routes: readonly Route[]): void {
    const allow = routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
    const [first] = routes;
    const same = routes.every(({ access }) => access === first?.access);
    const access = same && first !== undefined ? first.access : 'anyone';
    app.any(pattern, (response, request) =>
      this.#serve(settings, response, request, { pattern, quiet: false, access }, 0, (exchange) => {
        const { method, origin } = exchange.head;
        if (method === 'OPTIONS' && settings.corsHeaders(origin).length > 0) {
          const headers = preflightHeaders(
            allow,
            settings.keptHeaders?.() ?? [],
            settings.corsMaxAgeSeconds ?? 600,
          );
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
    settings: AppSettings,
    response: HttpResponse,
    request: HttpRequest,
    route: RouteFacts,
    parameters: number,
    handler: Handler,
  ): void {
    const head = readHead(request, parameters, settings.keptHeaders?.(), settings.proxyHeader);
    const { tracer } = settings;
    const trace =
      tracer === undefined || route.quiet
        ? undefined
        : tracer.begin(sentContext(request), () => request.getUrl());
    const exchange = new Exchange(response, head, route, settings, trace);
    this.#openRequests++;
    exchange.onEnd(() => this.#openRequests--);
    if (!route.quiet) settings.onRequest();
    try {
      // While an answer is pending, uWebSockets.js closes the connection if the packet holds another request; after the
      // answer it would serve that request, even if the answer closes the connection. So this answer comes later.
      if (head.misframed) return void setImmediate(() => exchange.fail(head.problem));
      if (head.problem !== undefined) throw head.problem;
      const admitted = settings.guard(exchange, route);
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
