#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| tumen_fuzz::spans(data));
