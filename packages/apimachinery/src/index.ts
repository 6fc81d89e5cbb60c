export { decodeProtobuf, encodeProtobuf } from './codec/protobuf.ts'
export { WireError } from './codec/wire.ts'
