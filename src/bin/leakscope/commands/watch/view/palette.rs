//! The styles. They repeat what words and marks say.

use ratatui::style::Color;
use ratatui::style::Modifier;
use ratatui::style::Style;

pub(super) const GREW: Style = Style::new().fg(Color::LightRed);
pub(super) const ASIDE: Style = Style::new().fg(Color::DarkGray);
pub(super) const TITLE: Style = Style::new().add_modifier(Modifier::BOLD);
pub(super) const SELECTED: Style = Style::new().add_modifier(Modifier::REVERSED);
