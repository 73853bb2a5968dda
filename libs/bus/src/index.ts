// Door of the message bus: one port, RabbitMQ or in-process behind it. Used by every daemon.
export * from './interface.ts';
export { openBus, type OpenBusOptions } from './open-bus.ts';
export { createAmqpBus, type AmqpBusOptions } from './amqp/create-amqp-bus.ts';
export { createEmbeddedBus, type EmbeddedBusOptions } from './embedded/create-embedded-bus.ts';
export { createEmbeddedBroker, createEmbeddedBrokers, type EmbeddedBroker, type EmbeddedBrokers } from './embedded/broker.ts';
export { decode, encode, parseBody } from './decode.ts';
