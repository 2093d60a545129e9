//! HTTP and SHOW statements that tell about the proxy.
