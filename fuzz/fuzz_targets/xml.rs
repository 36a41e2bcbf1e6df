//! The XML inside messages, whole and torn.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    wx_proto::fuzzing::xml(data);
});
