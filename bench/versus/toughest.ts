/** The peer that is closest to ours: mosec with an application that decodes by OpenCV. */
export const TOUGHEST = 'mosec-cv2';
