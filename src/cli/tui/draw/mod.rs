//! Draws the model: a pure function from the state to the cells of the screen, and the place of the cursor.

pub mod look;
pub mod canvas;
pub mod rows;
pub mod layout;
mod lists;
mod panes;

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use self::canvas::Canvas;
use self::layout::areas;
use super::model::{Mode, Model};

/// Draws all; returns where the cursor stands, if it is shown.
pub fn draw(model: &Model, buffer: &mut Buffer, colour: bool) -> Option<Position> {
    let area = buffer.area;
    let areas = areas(model, (area.width, area.height));
    let mut canvas = Canvas::new(buffer, colour);
    canvas.clear(area);
    panes::header(model, &mut canvas, areas.header);
    panes::timeline(model, &mut canvas, areas.timeline);
    if let Some(door) = areas.door {
        panes::door(model, &mut canvas, door);
    }
    panes::rule(model, &mut canvas, areas.rule);
    let cursor = panes::composer(model, &mut canvas, areas.composer);
    panes::status(model, &mut canvas, areas.status);
    if let Some(side) = areas.side {
        lists::side(model, &mut canvas, side);
    }
    match model.mode {
        Mode::Link => lists::link(model, &mut canvas, areas.timeline),
        Mode::Help(scrolled) => lists::help(&mut canvas, areas.timeline, scrolled),
        Mode::Chats(chosen) if areas.side.is_none() => lists::chats(model, &mut canvas, areas.timeline, Some(chosen)),
        Mode::People(scrolled) => lists::people(model, &mut canvas, areas.timeline, scrolled),
        _ => {}
    }
    cursor.filter(|_| model.mode == Mode::Writing)
}
