import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** A body that every peer can make and check in its own language, and in which a lost or swapped piece shows. */
final class Body {
    private int length;
    private boolean intact = true;

    private static byte at(int position) {
        return (byte) (position * 0x9e3779b1 >>> 24);
    }

    static ByteBuf piece(int start, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = at(start + i);
        }
        return Unpooled.wrappedBuffer(bytes);
    }

    void take(ByteBuf data) {
        for (int i = data.readerIndex(); i < data.writerIndex(); i++) {
            intact &= data.getByte(i) == at(length++);
        }
    }

    int length() {
        return length;
    }

    boolean isIntact() {
        return intact;
    }
}
