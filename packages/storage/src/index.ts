export { openLevelStorage, openMemoryStorage } from './backends.ts'
export {
  CompactedError,
  type Conflict,
  type Expectation,
  type KeyValue,
  OverflowError,
  type Storage,
  type StorageEvent,
} from './storage.ts'
