//! wx-sim
