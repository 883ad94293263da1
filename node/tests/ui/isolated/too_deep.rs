use farc::Isolated;

type Four<T> = Option<Vec<Option<Vec<T>>>>;
type Sixteen<T> = Four<Four<Four<Four<T>>>>;

#[derive(Isolated)]
struct Deep {
    value: Sixteen<Sixteen<u8>>,
}

fn main() {}
