//! Any sequence of calls on a client.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    wx_proto::fuzzing::client_ops(data);
});
