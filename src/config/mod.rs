//! YAML in, rules and options out; every fault at once.
