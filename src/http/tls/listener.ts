/**
 * HTTP over TLS, with certificates that can be replaced while it serves.
 *
 * The addon cannot change the certificate of an application. So each certificate has an application of its own, and
 * another one, which has the listening socket and none of the connections, hands each connection that it accepts to the
 * application of the newest certificate. The socket stays open, and no connection falls between two of them; those that are
 * there stay where they are. An application without connections is not freed by the addon: 25 KiB for each replacement.
 */
import type { TemplatedApp, Uws } from '../addon/uws.ts';
import { Door, type Bind, type Listener } from '../connection/listener.ts';
import { CredentialError, readCredentials, type Credentials } from './credentials.ts';

/** One certificate and its connections. */
interface Generation {
  readonly app: TemplatedApp;
  readonly credentials: Credentials;
  connections: number;
  /** Its connections should end with their next answer. */
  retired: boolean;
}

export class TlsListener implements Listener {
  readonly #uws: Uws;
  readonly #bind: Bind;
  readonly #acceptor: TemplatedApp;
  readonly #door: Door;
  /** The newest first. */
  #generations: readonly [Generation, ...Generation[]];

  /** @throws CredentialError */
  constructor(uws: Uws, bind: Bind, credentials: Credentials) {
    this.#uws = uws;
    this.#bind = bind;
    // Without a certificate it could serve nobody; it does not have to.
    this.#acceptor = uws.SSLApp({});
    this.#door = new Door(uws, this.#acceptor);
    this.#generations = [this.#generation(credentials)];
    this.#acceptor.addChildAppDescriptor(this.#generations[0].app.getDescriptor());
  }

  /**
   * Serves new connections with these credentials; present ones go on. Where other authorities are believed, they end with
   * their next answer: a client whose authority is gone would otherwise stay.
   * @throws CredentialError when they cannot be served, and nothing has changed
   */
  replace(credentials: Credentials): void {
    const [previous, ...older] = this.#generations;
    const next = this.#generation(credentials);
    this.#acceptor.addChildAppDescriptor(next.app.getDescriptor());
    this.#acceptor.removeChildAppDescriptor(previous.app.getDescriptor());
    // One that was accepted a moment ago may still be on its way to the previous application.
    this.#generations = [next, previous, ...older.filter(({ connections }) => connections > 0)];
    for (const generation of this.#generations) {
      generation.retired = generation.credentials.clientCa !== credentials.clientCa;
    }
  }

  get credentials(): Credentials {
    return this.#generations[0].credentials;
  }

  listen(host: string, port: number): number {
    return this.#door.open(host, port);
  }

  stopListening(): Promise<void> {
    return this.#door.shut();
  }

  close(): void {
    this.#door.close();
    for (const { app } of this.#generations) app.close();
  }

  #generation(credentials: Credentials): Generation {
    const app = this.#applicationOf(credentials);
    const generation = { app, credentials, connections: 0, retired: false };
    app.filter((_, change) => {
      generation.connections += Number(change);
    });
    this.#bind(app, () => generation.retired);
    return generation;
  }

  /** The addon reads the files itself: it is made sure that it read what was checked. */
  #applicationOf({ files, content }: Credentials): TemplatedApp {
    const { certFile, keyFile, clientCaFile, passphrase, ciphers } = files;
    let app: TemplatedApp;
    try {
      app = this.#uws.SSLApp({
        cert_file_name: certFile,
        key_file_name: keyFile,
        ssl_ciphers: ciphers,
        ...(passphrase !== undefined && { passphrase }),
        ...(clientCaFile !== undefined && { ca_file_name: clientCaFile }),
      });
    } catch (error) {
      throw new CredentialError(
        `${certFile} and ${keyFile} cannot be served with the ciphers "${ciphers}".`,
        {
          cause: error,
        },
      );
    }
    if (readCredentials(files).content !== content) {
      throw new CredentialError(`${certFile} or ${keyFile} has changed while it was read.`);
    }
    return app;
  }
}
