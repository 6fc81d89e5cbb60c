export {
  FakeAPIServer,
  type FakeAnswer,
  type FakeHandler,
  type FakeRequest,
  type FakeWatch,
} from './fake-api-server.ts'
