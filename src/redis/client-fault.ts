/** A change of a client that cannot be made, in words for who asked for it. */
export class ClientFault extends Error {
  override readonly name = "ClientFault";
}
