export { openLevelStorage, openMemoryStorage } from './backends.ts'
export { type CompactionOptions, runCompaction } from './compaction.ts'
export {
  CompactedError,
  type Conflict,
  type Expectation,
  type KeyValue,
  OverflowError,
  type PastEvent,
  type Storage,
  type StorageEvent,
} from './storage.ts'
