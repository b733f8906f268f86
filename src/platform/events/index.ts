export { emit, put, type Asked, type Event, type Subscriber, type SubscriberParts, type Writer } from './outbox.ts'
export { relayOnce, startRelay, type HandOn, type Relay, type Waiting } from './relay.ts'
