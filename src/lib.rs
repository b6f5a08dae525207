//! leakscope
pub mod model;
pub mod decode;
pub mod facts;
pub mod group;
pub mod series;
pub mod report;
pub mod render;
pub mod pipeline;
pub mod source;
