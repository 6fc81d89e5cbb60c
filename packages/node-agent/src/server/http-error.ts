/** An answer of the kubelet API that is no success; the message is its text. */
export class HTTPError extends Error {
  override name = 'HTTPError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}
