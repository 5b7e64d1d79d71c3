"""Ordinary images in unusual clothes all become the same RGB pixels."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

import faces
from face.pictures import Rgb, encoded, saved, scaled
from facelogin.domain.errors import ImageAnimated, ImageTooLarge, ImageTypeUnsupported
from facelogin.face.images import decode
from facelogin.face.picture_refusals import PictureLimits


@pytest.fixture
def picture(portrait: Rgb) -> Image.Image:
    return Image.fromarray(scaled(portrait[:, :480], 0.25))  # 120 wide, 128 high


def near(a: Rgb, b: Rgb, *, within: float) -> bool:
    return a.shape == b.shape and float(np.abs(a.astype(int) - b).mean()) <= within


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_supported_type_becomes_fresh_rgb_pixels(picture: Image.Image, kind: str) -> None:
    pixels = decode(saved(picture, kind, quality=95))
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert pixels.flags.writeable
    assert near(pixels, np.asarray(picture), within=4)


def test_red_comes_first_in_every_type() -> None:
    red = Image.new("RGB", (64, 64), (250, 10, 20))
    for kind in ("JPEG", "PNG", "WEBP"):
        pixels = decode(saved(red, kind, quality=95))
        assert np.abs(pixels.reshape(-1, 3).mean(axis=0) - (250, 10, 20)).max() < 4, kind


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_once(
    picture: Image.Image, kind: str, orientation: int
) -> None:
    upright = np.asarray(picture)
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: np.rot90(upright, 2),
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: np.rot90(upright.transpose(1, 0, 2), 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {"quality": 95}
    data = encoded(np.ascontiguousarray(stored), kind, exif=exif, **options)
    assert near(decode(data), upright, within=4)


@pytest.mark.parametrize("mode", ["L", "P", "LA", "RGBA", "1", "I;16"])
def test_every_png_mode_becomes_rgb(picture: Image.Image, mode: str) -> None:
    if mode == "I;16":
        grey16 = np.asarray(picture.convert("L")).astype(np.uint16) * 257
        source = Image.fromarray(grey16)
        expected = np.asarray(picture.convert("L").convert("RGB"))
    else:
        source = picture.convert("L").convert("1") if mode == "1" else picture.convert(mode)
        expected = np.asarray(source.convert("RGB"))
    assert near(decode(saved(source, "PNG")), expected, within=0)


def test_what_is_transparent_becomes_white() -> None:
    half = Image.new("RGBA", (8, 8), (0, 100, 200, 0))
    half.paste((0, 100, 200, 255), (0, 0, 4, 8))
    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True, "exact": True})):
        pixels = decode(saved(half, kind, **options))
        assert pixels[0, 0].tolist() == [0, 100, 200], kind
        assert pixels[0, 7].tolist() == [255, 255, 255], kind


def test_a_transparent_palette_colour_becomes_white(picture: Image.Image) -> None:
    palette = picture.convert("P")
    index = palette.getpixel((0, 0))
    pixels = decode(saved(palette, "PNG", transparency=index))
    assert pixels[0, 0].tolist() == [255, 255, 255]


def test_sixteen_bit_colour_keeps_its_high_byte(picture: Image.Image) -> None:
    import cv2

    bgr16 = np.asarray(picture)[:, :, ::-1].astype(np.uint16) * 257
    data = cv2.imencode(".png", bgr16)[1].tobytes()
    assert near(decode(data), np.asarray(picture), within=0)


def test_cmyk_and_grey_and_progressive_jpegs_are_read(picture: Image.Image) -> None:
    cmyk = decode(saved(picture.convert("CMYK"), "JPEG", quality=95))
    grey = decode(saved(picture.convert("L"), "JPEG", quality=95))
    progressive = decode(saved(picture, "JPEG", quality=95, progressive=True))
    assert near(cmyk, np.asarray(picture), within=6)
    assert near(grey, np.asarray(picture.convert("L").convert("RGB")), within=4)
    assert near(progressive, np.asarray(picture), within=4)


def test_the_first_picture_of_an_mpo_is_taken(picture: Image.Image) -> None:
    other = Image.new("RGB", picture.size, (0, 0, 255))
    data = saved(picture, "MPO", save_all=True, append_images=[other], quality=95)
    assert near(decode(data), np.asarray(picture), within=4)


def test_bytes_after_the_end_of_a_picture_are_ignored(picture: Image.Image) -> None:
    for kind in ("JPEG", "PNG"):
        data = saved(picture, kind)
        assert np.array_equal(decode(data + b"\xff\xda\xff\xd8rubbish" * 9), decode(data)), kind


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_moving_picture_is_refused(picture: Image.Image, kind: str) -> None:
    second = Image.fromarray(np.asarray(picture)[::-1])
    data = saved(picture, kind, save_all=True, append_images=[second], duration=100)
    with pytest.raises(ImageAnimated):
        decode(data)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "PDF", "JPEG2000", "AVIF"])
def test_other_image_types_are_named_as_such(picture: Image.Image, kind: str) -> None:
    name = kind.replace("JPEG2000", "JPEG 2000")
    with pytest.raises(ImageTypeUnsupported, match=f"{name} .*JPEG, PNG or WebP") as refusal:
        decode(saved(picture, kind))
    assert refusal.value.detail == kind.lower()


@pytest.mark.parametrize("kind", ["ICO", "PPM"])
def test_a_rare_type_is_told_what_is_taken(picture: Image.Image, kind: str) -> None:
    with pytest.raises(ImageTypeUnsupported, match="JPEG, PNG or WebP") as refusal:
        decode(saved(picture, kind))
    assert refusal.value.detail is None


@pytest.mark.parametrize(
    ("brands", "detail"),
    [
        (b"heic\0\0\0\0mif1heic", "heic"),
        (b"heix\0\0\0\0mif1heix", "heic"),
        (b"hevc\0\0\0\0msf1hevc", "heic"),
        (b"mif1\0\0\0\0mif1heic", "heic"),
        (b"msf1\0\0\0\0", "heic"),
        (b"mif1\0\0\0\0mif1avif", "avif"),
        (b"avif\0\0\0\0avifmif1", "avif"),
        (b"isom\0\0\0\0mp42", "video"),
        (b"qt  \0\0\0\0", "video"),
        (b"", "video"),
    ],
)
def test_what_phones_write_is_named(brands: bytes, detail: str) -> None:
    box = struct.pack(">I", 8 + len(brands)) + b"ftyp" + brands
    with pytest.raises(ImageTypeUnsupported) as refusal:
        decode(box + b"\0\0\0\x08mdat")
    assert refusal.value.detail == detail
    assert ("Most Compatible" in refusal.value.message) == (detail == "heic")


def test_a_drawing_is_named() -> None:
    with pytest.raises(ImageTypeUnsupported, match="SVG"):
        decode(b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>')


def test_a_jpeg_of_twelve_bits_is_named() -> None:
    data = faces.shared_data() / "badinput" / "libjpeg-turbo" / "monkey12.jpg"
    with pytest.raises(ImageTypeUnsupported, match="8 bits"):
        decode(data.read_bytes())


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_the_pixel_limit_is_inclusive(picture: Image.Image, kind: str) -> None:
    data = saved(picture, kind)
    most = 120 * 128
    assert decode(data, limits=PictureLimits(most, most)).shape == (128, 120, 3)
    with pytest.raises(ImageTooLarge):
        decode(data, limits=PictureLimits(most - 1, most - 1))


def test_a_refusal_for_its_size_says_how_many_pixels_may_be() -> None:
    wide = Image.new("1", (4250, 4000))
    with pytest.raises(ImageTooLarge, match=r"more than 16 megapixels.* 50 megapixels"):
        decode(saved(wide, "PNG"))
    with pytest.raises(ImageTooLarge, match=r"JPEG has more than 50 megapixels"):
        decode(saved(Image.new("L", (8000, 6400)), "JPEG", quality=20))


def test_what_phones_call_fifty_megapixels_is_read() -> None:
    picture = Image.new("L", (8192, 6144))
    assert decode(saved(picture, "JPEG", quality=20)).shape == (3072, 4096, 3)


@pytest.mark.parametrize(("decoded", "part"), [(120 * 128 - 1, 2), (60 * 64 - 1, 4), (480, 8)])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_large_jpeg_is_decoded_reduced(
    picture: Image.Image, decoded: int, part: int, progressive: bool, orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = picture if orientation == 1 else picture.transpose(Image.Transpose.ROTATE_90)
    data = saved(stored, "JPEG", quality=95, progressive=progressive, exif=exif)
    pixels = decode(data, limits=PictureLimits(decoded=decoded))
    expected = picture.resize((120 // part, 128 // part), Image.Resampling.BOX)
    assert near(pixels, np.asarray(expected), within=4)


def test_a_jpeg_that_no_reduction_makes_fit_is_refused(picture: Image.Image) -> None:
    with pytest.raises(ImageTooLarge):
        decode(saved(picture, "JPEG"), limits=PictureLimits(decoded=15 * 16 - 1))


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_the_picture_of_a_large_phone_is_read(mode: str) -> None:
    data = saved(Image.new(mode, (8000, 6000), 128), "JPEG", quality=50)
    assert decode(data).shape == (3000, 4000, 3)


def test_a_progressive_jpeg_beyond_the_memory_is_refused_by_name() -> None:
    data = saved(
        Image.new("RGB", (8000, 6000)), "JPEG", quality=30, progressive=True, subsampling=0
    )
    with pytest.raises(ImageTooLarge, match=r"progressive.*baseline JPEG of at most 50") as refusal:
        decode(data)
    assert refusal.value.detail == "progressive"


@pytest.mark.parametrize("name", faces.IMAGE_NAMES)
def test_published_portraits_decode_as_pillow_decodes_them(name: str) -> None:
    data = faces.image_bytes(name)
    with Image.open(io.BytesIO(data)) as expected:
        assert near(decode(data), np.asarray(expected.convert("RGB")), within=1)
