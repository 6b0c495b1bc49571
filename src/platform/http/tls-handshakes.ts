/** Times TLS handshakes: from the connection to its first secured moment, with the peer's part and the network's. */
import type { Socket } from "node:net";
import type { Server } from "node:tls";

export type ObserveHandshake = (seconds: number) => void;

/** Observes the handshakes of a server that succeed; one that does not ends with its socket and leaves nothing. */
export function observeHandshakes(server: Server, observe: ObserveHandshake): void {
  // The secured socket does not name the plain one, but both name the same peer.
  const begun = new Map<string, number>();
  const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
  server.on("connection", (socket) => {
    const peer = peerOf(socket);
    begun.set(peer, performance.now());
    socket.once("close", () => begun.delete(peer));
  });
  server.on("secureConnection", (socket) => {
    const peer = peerOf(socket);
    const started = begun.get(peer);
    begun.delete(peer);
    if (started !== undefined) observe((performance.now() - started) / 1000);
  });
}
