//! wx-tokio
