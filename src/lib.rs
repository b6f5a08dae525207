//! leakscope
pub mod decode;
pub mod facts;
pub mod group;
pub mod model;
pub mod pipeline;
pub mod render;
pub mod report;
pub mod series;
pub mod source;
